"""How property tests run everywhere: no time limit, nothing kept on disk, and what failed printed for another run."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "surveybot",
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("surveybot")
