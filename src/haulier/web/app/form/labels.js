// What keys and choices are called in forms. A key that is not here is written out: `part_size` → `Part size`.
const NAMES = {
  job_id: "Name", file_pattern: "File pattern", settle_seconds: "Settle time", retention_days: "Keep for", key_file: "Private key",
    known_hosts: "Known hosts", host_key: "Fingerprint",
  unknown_hosts: "Unknown server", ssh_config: "SSH configuration", endpoint_url: "Endpoint", access_key: "Access key",
    secret_key: "Secret key", account_id: "Account", preset: "Provider",
  verify_ssl: "Check the certificate", ca_bundle: "Certificate authorities", sse: "Encryption at rest", sse_kms_key_id: "KMS key",
    fsync: "Force to disk", recursive: "Also folders below",
  dedup: "Seen before", conflict: "If the file is there", hidden: "Hidden files", temp_suffixes: "Unfinished names", min_size: "Smallest",
    max_size: "Largest", min_age: "Youngest", max_age: "Oldest",
  exclusive: "Nobody has it open", marker: "Marker file", misfire: "If a run was missed", overlap: "If the last one still runs",
    misfire_max: "At most", group: "All or none", lanes: "Lanes",
  bandwidth: "Bandwidth", tries: "Tries", base: "First pause", factor: "Factor", cap: "Longest pause", window: "For", jitter: "Jitter",
    keep_original: "Leave the source file", folder: "Folder in the source",
  location: "Archive folder", config_ref: "Config reference", max_ratio: "Largest growth", args: "Arguments", env: "Environment",
  auth: "Sign-in", call: "Function", duplicates: "Not taken twice", min: "Least", max: "Most", min_length: "Shortest", max_length: "Longest",
    known: "Known values", known_file: "File of known values", nulls: "Texts that mean nothing", places: "Decimals", decimal: "Decimal sign",
    thousands: "Sign between thousands",
    trim: "Trim blanks", ragged: "Rows of another length", doublequote: "Doubled quotes", check_digit: "Check digit", tolerance_percent: "Tolerance, percent",
    window_days: "Window", rest_to_item: "All of it to the item", similarity: "How alike", per: "Called for each", patterns: "Files like",
  warn: "Warn before", since: "Counted from", zone: "Clock", of: "Which moment", client: "SSH client", shell: "Checksums by shell",
};
const CHOICES = {
  check: { exists: ["It is there", "The least: a file of that name"], size: ["Size", "Fast, misses changed bytes"],
    checksum: ["Checksum", "SHA-256 on both sides"], readback: ["Read back", "Reads the whole copy again"],
      sample: ["Sample", "Reads some stretches again"] },
  settle: { keep: ["Kept", "The source stays as it is"], archive: ["Archived", "Moved or copied to an archive folder"],
    delete: ["Deleted", "Only after the check was passed"] },
  dedup: { content: ["By content", "Skipped if the same bytes were delivered under this name"],
    target: ["By the destination", "Skipped if the destination has it with the same size and time"],
      name: ["By name", "Skipped if the name was ever delivered"], off: ["Never skipped", "Every file is sent in every run"] },
  conflict: { overwrite: ["Overwrite", "The new file takes its place, at once or not at all"],
    skip: ["Skip", "The file that is there stays"], fail: ["Fail", "The file that is there stays, and somebody is told"],
      newer: ["The newer one wins", "Overwritten only by a newer file"] },
  misfire: { once: ["Run once"], skip: ["Skip it"], all: ["Run all of them"] },
  overlap: { skip: ["Skip"], queue: ["Queue"], parallel: ["Run in parallel"] },
  unknown_hosts: { refuse: ["Refuse it"], "accept-new": ["Remember its key"] },
  fsync: { auto: ["Before the source goes"], always: ["For every file"], never: ["Never"] },
  sse: { "": ["The bucket's default"], AES256: ["AES-256"], "aws:kms": ["KMS"] },
  security: { starttls: ["STARTTLS"], tls: ["TLS from the first byte"], none: ["None"] },
  symlinks: { follow: ["Follow"], skip: ["Skip"], fail: ["Fail"] },
  duplicates: { "": ["As usual", "Rows of bank files, whole files of others"], rows: ["Rows", "Each row once, in whichever file it comes"],
    files: ["Files", "A file with the same content once"], off: ["Nothing", "All is taken each time"] },
  action: { keep: ["Kept", "The file stays where it is"], archive: ["Archived", "Moved to a folder of the source"],
    delete: ["Deleted", "Once all its rows are where they belong"] },
  ...Object.fromEntries(["within_tolerance", "partial", "overpaid", "message", "sums", "together", "party", "amount", "returned"].map((rule) => [rule,
    { match: ["Match"], suggest: ["Suggest to a person"], off: ["Off"] }])),
  position: { prefix: ["Before the name"], suffix: ["Before the extension"] },
};
const ACRONYMS = /\b(ssl|tls|url|id|ssh|sse|kms|ca|api|http|https|ip|sha)\b/gi;

/** Fields that are shown at once; the others are inside "More settings". */
export const FIRST = ["type", "host", "port", "username", "password", "key_file", "preset", "bucket", "account_id", "endpoint_url",
  "region", "access_key", "secret_key", "path"];

export const MONO = new Set(["path", "file_pattern", "host_key", "endpoint_url", "bucket", "region", "template", "format", "marker",
  "location", "folder", "cron", "files", "key_file", "ssh_config", "known_hosts", "ca_bundle", "host", "storage_class"]);

export const labelOf = (key) => NAMES[key] ?? (key[0].toUpperCase() + key.slice(1)).replaceAll("_", " ").replace(ACRONYMS,
  (word) => word.toUpperCase());

export const choicesOf = (key) => CHOICES[key] ?? {};

/** The unit that a number is in: said by the schema, or by its name or help. */
export function unitOf(key, schema) {
  if (schema["x-unit"]) return schema["x-unit"];
  if (/_days$/.test(key)) return "days";
  if (/^(connect_|read_)?timeout$/.test(key) && schema.type === "number") return "seconds";
  return /^Bytes\b/.test(schema.description ?? "") ? "bytes" : "";
}
