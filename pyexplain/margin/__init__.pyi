from .additive_parts import AdditiveParts as AdditiveParts
from .coalitions import Coalitions as Coalitions
from .contributions import Contributions as Contributions
from .contributions import contributions as contributions
from .contributions import contributions_to as contributions_to
from .margin import Margin as Margin
from .margin import margin_gradient as margin_gradient
from .shapley import shapley_values as shapley_values
