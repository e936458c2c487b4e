"""Which vehicles a rule is about."""

from crosspatch.plan import Plan, Rule, Vehicle


def is_about(rule: Rule, vehicle: Vehicle) -> bool:
    """By its own name, its fleet or its home network."""
    return vehicle.id in rule.vehicles or vehicle.fleet in rule.fleets or vehicle.network in rule.homes


def members(rule: Rule, plan: Plan) -> tuple[str, ...]:
    """The ids, in the order of the site file."""
    return tuple(vehicle.id for vehicle in plan.vehicles.values() if is_about(rule, vehicle))
