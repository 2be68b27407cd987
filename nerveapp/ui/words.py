"""Numbers in words."""


def counted(number: int, thing: str, things: str = "") -> str:
    """Give a number with its noun, such as "1 frame" or "3 people" (`things` where it is not `thing` with an s)."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"
