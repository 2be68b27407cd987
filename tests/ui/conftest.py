from tests.scanning import components_are_looked_for_once

__all__ = ["components_are_looked_for_once"]
