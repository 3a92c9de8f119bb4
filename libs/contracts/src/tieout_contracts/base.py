"""The base of every contract model."""

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """A frozen value; producers are strict about names, consumers ignore what they do not know.

    Unknown fields are ignored on reading so that a newer producer never breaks an older consumer.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings", revalidate_instances="never")
