import pytest

from accounts.models import User
from patients.models import Ward
from tests.watching import make_person


@pytest.fixture
def ward(db: None) -> Ward:
    return Ward.objects.create(name="Six East")


@pytest.fixture
def nurse(ward: Ward) -> User:
    return make_person("nora", ward=ward)
