"""Reading tolerantly: one odd row must not hide the thousand good ones beside it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from tieout_providers.json_exact import MAX_NUMBER_DIGITS

MAX_PROBLEMS_TOLD = 5

READ_CONFIG = ConfigDict(
    extra="ignore",  # new fields are no breaking change with either provider
    frozen=True,
    coerce_numbers_to_str=True,  # codes and numbers come quoted or bare
    validate_by_name=True,
    validate_by_alias=True,
    hide_input_in_errors=True,
)

Model = TypeVar("Model", bound=BaseModel)
Item = TypeVar("Item")


def _empty_if_null(value: Any) -> Any:
    return () if value is None else value


def _exact(value: Any) -> Any:
    if isinstance(value, (float, bool)):
        raise ValueError("not an exact number")
    return None if isinstance(value, str) and not value.strip() else value


def _sensible(value: Decimal | None) -> Decimal | None:
    if value and abs(value.adjusted()) > MAX_NUMBER_DIGITS:
        raise ValueError("a number out of any sensible range")
    return value


Many = Annotated[tuple[Item, ...], BeforeValidator(_empty_if_null)]
"""A list that may be null or missing."""

Number = Annotated[Decimal | None, BeforeValidator(_exact), AfterValidator(_sensible)]
"""An exact number that may be null, empty or missing."""


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row that this client cannot read: its id if it has one, and what is wrong, without its values."""

    id: str | None
    problem: str


class Rows(list[Item]):
    """The readable rows of a listing, in order, and beside them the unreadable ones."""

    def __init__(self, rows: Iterable[Item] = (), unreadable: Iterable[UnreadableRow] = ()) -> None:
        super().__init__(rows)
        self.unreadable: list[UnreadableRow] = list(unreadable)

    def take(self, other: "Rows[Item]") -> None:
        """Append another page, its unreadable rows included."""
        self.extend(other)
        self.unreadable.extend(other.unreadable)


def read_rows(model: type[Model], payload: Iterable[Any], *, id_field: str = "id") -> Rows[Model]:
    """Each row as `model`; one that does not fit goes to `unreadable`."""
    rows: Rows[Model] = Rows()
    for row in payload:
        try:
            rows.append(model.model_validate(row))
        except ValidationError as error:
            rows.unreadable.append(UnreadableRow(_id_of(row, id_field), problems_of(error)))
    return rows


def problems_of(error: ValidationError) -> str:
    """What is wrong, by field and without values: "total: Input should be a valid decimal"."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    told = [f"{'.'.join(str(step) for step in detail['loc'])}: {detail['msg']}" for detail in details]
    more = [] if len(told) <= MAX_PROBLEMS_TOLD else [f"and {len(told) - MAX_PROBLEMS_TOLD} more"]
    return "; ".join(told[:MAX_PROBLEMS_TOLD] + more)


def _id_of(row: Any, id_field: str) -> str | None:
    value = row.get(id_field) if isinstance(row, Mapping) else None
    return None if value is None else str(value)
