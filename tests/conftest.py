"""What every test may use."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# the machine that runs the tests may be slow: an example that takes long is no fault
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")
