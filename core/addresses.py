"""What an address may name: a row's key. Registered once, for pages and API alike, as `<id:…>`."""

from django.urls.converters import IntConverter

LARGEST_ID = 10**18 - 1


class RowIdConverter(IntConverter):
    """A number that can be a row's: 0, or one too long for the database, is no address at all."""

    regex = "[1-9][0-9]{0,17}"
