"""What the codes in Autogiro files mean, as Bankgirot's technical manual has them."""
from __future__ import annotations

from collections.abc import Mapping

Codes = Mapping[str, str]

PAYMENTS: Codes = {"0": "paid", "1": "not covered", "2": "the account is closed, or another reason",
                   "9": "not covered, tried again"}
REFUNDS: Codes = {"01": "the payer gave no mandate", "02": "the mandate was taken back",
                  "03": "more than the payer had to expect"}
REFUSALS: Codes = {
    "01": "no mandate", "02": "the account is closed or not allowed", "03": "the mandate is stopped",
    "04": "wrong bankgiro of the payer", "05": "wrong bankgiro of the receiver", "06": "wrong interval",
    "07": "wrong number of times", "08": "the amount is no number", "09": "payments out are not allowed",
    "10": "unknown bankgiro", "12": "wrong date", "13": "the date has passed",
    "15": "the bankgiro is not that of the start record", "24": "more than the highest amount"}
AMENDMENTS: Codes = {
    "01": "wrong date", "02": "wrong number of payer", "04": "wrong kind of payment", "05": "wrong amount",
    "06": "wrong new date", "10": "wrong bankgiro of the receiver", "11": "no bankgiro of the receiver",
    "12": "cancelled", "13": "no such payment", "14": "date changed", "15": "not changed: it renews itself",
    "18": "date changed"}
AMENDED = frozenset({"12", "14", "18"})     # that came about
MANDATES: Codes = {
    "01": "taken away by the bank", "02": "taken away by the payer or the bank of the payer",
    "03": "this kind of account is not allowed", "04": "no such mandate", "05": "wrong account or person",
    "06": "taken away by Bankgirot", "07": "taken away: the bank did not answer",
    "09": "unknown bankgiro of the payer", "10": "there already, or being asked for", "11": "stopped by the payer",
    "12": "stopped no more", "20": "wrong person or organisation number", "21": "wrong number of payer",
    "23": "wrong account", "24": "a highest amount is not allowed", "29": "wrong bankgiro of the receiver",
    "30": "the bankgiro of the receiver is closed", "32": "new", "33": "taken away",
    "98": "taken away: the bankgiro of the payer is closed"}
MANDATE_INFO: Codes = {
    "03": "taken away by the receiver", "04": "set up by the receiver", "05": "number of payer changed by the receiver",
    "10": "the bankgiro of the receiver is closed", "42": "answer of the bank about a new payer",
    "43": "the bank did not answer", "44": "the bankgiro of the payer is closed",
    "46": "taken away by the payer or the bank of the payer", "93": "taken away by the payer"}
ELECTRONIC: Codes = {"0": "new", "1": "first reminder", "2": "second reminder"}
REGISTER: Codes = {"1": "allowed", "2": "being asked for"}
REGISTERED_BY: Codes = {"1": "receiver", "2": "payer"}
