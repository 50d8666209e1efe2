"""Which form belongs to which place."""

from collections.abc import Mapping

from .band_form import BandForm
from .choices import Around
from .forms import PlaceForm
from .indicator_form import IndicatorForm
from .part_forms import ItemForm, PartForm, VetoForm
from .places import Place
from .scheme_forms import BasicsForm, ComponentsForm, YearForm

FORMS: dict[str, type[PlaceForm]] = {
    "basics": BasicsForm,
    "components": ComponentsForm,
    "year": YearForm,
    "bonus": PartForm,
    "penalty": PartForm,
    "item": ItemForm,
    "veto": PlaceForm,
    "bands": PlaceForm,
    "band": BandForm,
    "indicators": PlaceForm,
    "indicator": IndicatorForm,
}


def form_for(place: Place, around: Around, data: Mapping[str, str] | None = None) -> PlaceForm:
    """The form of a place, bound to what was typed where `data` is given. A tab with a list alone has no fields."""
    kind = VetoForm if place.kind == "veto" and place.is_entry else FORMS[place.kind]
    return kind(place, around, data)
