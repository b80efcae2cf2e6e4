"""Gradio's theme, in the colours and type of the stylesheet."""

from __future__ import annotations

import inspect

import gradio as gr

HEAD = (
    '<meta name="color-scheme" content="light dark">'
    '<link rel="icon" href="/favicon.ico" type="image/svg+xml">'
    '<link rel="stylesheet" href="/askcorpus.css">'
)
_SERIF = ("Charter", "Bitstream Charter", "Sitka Text", "Cambria", "Georgia", "Liberation Serif")
_MONO = ("ui-monospace", "Consolas", "Liberation Mono", "monospace")

# Token of Gradio → colour of the stylesheet, which knows light and dark.
_TOKENS = {
    "body_background_fill": "var(--ac-paper)",
    "body_text_color": "var(--ac-ink)",
    "body_text_color_subdued": "var(--ac-soft)",
    "background_fill_primary": "var(--ac-paper)",
    "background_fill_secondary": "var(--ac-paper)",
    "block_background_fill": "var(--ac-paper)",
    "block_border_color": "var(--ac-rule)",
    "block_title_text_color": "var(--ac-soft)",
    "block_label_text_color": "var(--ac-soft)",
    "block_label_background_fill": "var(--ac-paper)",
    "border_color_primary": "var(--ac-rule)",
    "border_color_accent": "var(--ac-accent)",
    "color_accent": "var(--ac-accent)",
    "color_accent_soft": "var(--ac-wash)",
    "link_text_color": "var(--ac-accent)",
    "link_text_color_hover": "var(--ac-accent)",
    "link_text_color_active": "var(--ac-accent)",
    "link_text_color_visited": "var(--ac-accent)",
    "input_background_fill": "var(--ac-field)",
    "input_background_fill_focus": "var(--ac-field)",
    "input_border_color": "var(--ac-edge)",
    "input_border_color_focus": "var(--ac-accent)",
    "input_placeholder_color": "var(--ac-soft)",
    "loader_color": "var(--ac-accent)",
    "panel_background_fill": "var(--ac-paper)",
    "button_primary_background_fill": "var(--ac-accent)",
    "button_primary_background_fill_hover": "var(--ac-accent-strong)",
    "button_primary_border_color": "var(--ac-accent)",
    "button_primary_border_color_hover": "var(--ac-accent-strong)",
    "button_primary_text_color": "var(--ac-on-accent)",
    "button_primary_text_color_hover": "var(--ac-on-accent)",
    "button_secondary_background_fill": "var(--ac-paper)",
    "button_secondary_text_color": "var(--ac-ink)",
}


def theme() -> gr.themes.Base:
    """Give the theme: one serif, one accent, square corners, no shadows."""
    base = gr.themes.Base(
        text_size=gr.themes.sizes.text_lg,
        radius_size=gr.themes.sizes.radius_none,
        font=[*_SERIF, "serif"],
        font_mono=list(_MONO),
    )
    # The stylesheet's colours change by themselves, so both of Gradio's modes get the same.
    modes = inspect.signature(base.set).parameters
    both = _TOKENS | {f"{name}_dark": value for name, value in _TOKENS.items()}
    known = {name: value for name, value in both.items() if name in modes}
    return base.set(**known, block_shadow="none", input_shadow="none", input_shadow_focus="none")
