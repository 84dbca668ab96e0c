"""What the commands of ``python -m demos`` are told by the settings, whoever runs them."""

from demos.place import Ask, Place
from settings.demo_reader import DemoReader
from settings.load import Settings


def workplace(settings: Settings, secret: str, ask: Ask) -> Place:
    """The installation's place of work. secret: of which the tokens of links are made."""
    environment = settings.environment
    reader = DemoReader([model.id for model in settings.models])
    return Place(
        database_url=environment.database_url,
        data_dir=environment.data_dir,
        folder=settings.demos_folder,
        demos=settings.demos,
        parse=reader.file,
        parse_text=reader.text,
        ask=ask,
        has_model=not settings.rehearsing,
        secret=secret,
        public_url=environment.public_url,
    )
