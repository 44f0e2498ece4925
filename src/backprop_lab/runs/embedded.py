"""A page in a notebook cell."""

import html


class EmbeddedPage:
    """Shown by Jupyter in a sandboxed frame whose scripts cannot access the notebook."""

    def __init__(self, page: str, height: int) -> None:
        self.page = page
        self.height = height

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{html.escape(self.page)}" sandbox="allow-scripts allow-downloads" '
            f'style="width: 100%; height: {self.height}px; border: 0"></iframe>'
        )
