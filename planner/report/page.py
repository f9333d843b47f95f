"""The report as one self-contained page: `page_html`."""

import base64
from collections.abc import Mapping
from importlib.resources import files

from jinja2 import Environment

from .blocks import Heading, Paragraph, Picture, Story, Table


def page_html(story: Story, pictures: Mapping[str, bytes]) -> str:
    """Return the report as HTML with its pictures inside; it asks for no other file."""
    source = files(__package__).joinpath("page.html.j2").read_text(encoding="utf-8")
    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(source)
    drawn = {key: "data:image/png;base64," + base64.b64encode(png).decode() for key, png in pictures.items()}
    return template.render(story=story, blocks=[(_kind(b), b) for b in story.blocks], pictures=drawn)


def _kind(block: Heading | Paragraph | Picture | Table) -> str:
    return type(block).__name__.lower()
