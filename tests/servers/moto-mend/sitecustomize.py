"""Loaded into moto's interpreter by moto-up.sh: mends one thing that S3 does and moto 5.2 doesn't.

Asked for versions after a key-marker that isn't an existing key, S3 lists every greater key; moto leaves out the
first of them. Given the greatest existing key that isn't greater than the marker, moto lists them all.
"""
from moto.s3.models import S3Backend

_list_object_versions = S3Backend.list_object_versions


def list_object_versions(self, bucket_name, delimiter=None, key_marker=None, max_keys=1000, prefix="", version_id_marker=None):
    if key_marker and not version_id_marker:
        key_marker = max((key for key in self.get_bucket(bucket_name).keys.keys() if key <= key_marker), default=None)
    return _list_object_versions(
        self, bucket_name, delimiter=delimiter, key_marker=key_marker, max_keys=max_keys, prefix=prefix, version_id_marker=version_id_marker)


S3Backend.list_object_versions = list_object_versions
