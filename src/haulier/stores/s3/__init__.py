"""Amazon S3 and everything that speaks its protocol, over our own thin HTTP client."""
from .spec import S3Spec

__all__ = ["S3Spec"]
