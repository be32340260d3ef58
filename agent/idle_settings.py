"""Settings that do nothing as the others stand: whoever wrote one meant something by it."""

from agent.settings import Settings, variable_of

_NEEDED_BY = {
    "milvus_uri": ("milvus_token", "milvus_tls_ca", "milvus_index"),
    "model": (
        *("small_model", "second_model", "prices_file"),
        *("model_input_usd_per_million", "model_output_usd_per_million"),
    ),
}


def idle_settings(settings: Settings) -> list[str]:
    """A sentence for each."""
    return [
        f"{variable_of(field)} is set but has no effect: {variable_of(needed)} is not."
        for needed, fields in _NEEDED_BY.items()
        if getattr(settings, needed) is None
        for field in fields
        if getattr(settings, field) != Settings.model_fields[field].default
    ]
