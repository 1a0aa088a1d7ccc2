"""Checks of what recommenders and explainers share: a name and a Config."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from ..errors import UsageError
from ..recommenders.config import Config, make_config
from .contract import Broken, Contract

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# Small settings for checks, by the names that methods of this package use; a class takes those that it has.
SMALL: dict[str, object] = {"dim": 8, "hidden": 8, "epochs": 4, "batch_size": 32, "patience": 0, "warmup_epochs": 1, "rounds": 2}


class ConfiguredContract(Contract):
    """settings: keys of Config for checks, over `check_settings` of the class under check, over small ones."""

    settings: ClassVar[dict[str, object]] = {}

    @classmethod
    def config(cls) -> Config:
        """Settings that make checks quick."""
        kind: type[Config] = cls.cls.Config
        small = {key: value for key, value in SMALL.items() if key in kind.model_fields}
        chosen = small | dict(getattr(cls.cls, "check_settings", {})) | cls.settings
        return make_config(kind, chosen, f"settings of {cls.cls.__name__} in checks")

    def check_name_is_plain(self) -> None:
        """The name is lower case, digits and hyphens: it is typed on command lines."""
        name: Any = getattr(self.cls, "name", None)
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise Broken(f"name is {name!r}")

    def check_default_config_round_trips(self) -> None:
        """The class can be made without arguments, and its Config comes back equal from plain values, as run files keep it."""
        config = self.cls().config
        if not isinstance(config, self.cls.Config):
            raise Broken(f"config is a {type(config).__name__}, expected {self.cls.Config.__qualname__}")
        back = self.cls.Config.model_validate_json(config.model_dump_json())
        if back != config or self.cls(back).config != config:
            raise Broken(f"{config!r} comes back as {back!r}")

    def check_unknown_keys_are_refused(self) -> None:
        """A key that Config does not know is a UsageError, not silence."""
        try:
            make_config(self.cls.Config, {"no_such_key_at_all": 1}, "check")
        except UsageError:
            return
        raise Broken("Config takes the key no_such_key_at_all")
