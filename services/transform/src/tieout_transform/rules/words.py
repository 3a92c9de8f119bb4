"""Figures as a bookkeeper reads them: thousands apart, a real minus sign, no exponent."""

from decimal import Decimal


def money(amount: Decimal) -> str:
    """An amount with at least two decimals and none lost: `1,234.50`, `−0.03`, `0.125`."""
    decimals = max(2, -int(amount.normalize().as_tuple().exponent))
    return _signed(format(amount, f",.{decimals}f"))


def figure(number: Decimal) -> str:
    """A quantity, a price or a rate without needless zeros: `1,000`, `0.061171`."""
    return _signed(format(number.normalize(), ",f"))


def signed(amount: Decimal) -> str:
    """A difference with its sign: `+0.01`, `−0.03`."""
    return f"+{money(amount)}" if amount > 0 else money(amount)


def line_numbers(indexes: list[int]) -> str:
    """Indexes from 0 as a person counts lines: `1–4, 7`."""
    runs: list[list[int]] = []
    for index in indexes:
        if runs and index == runs[-1][-1] + 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return ", ".join(f"{run[0] + 1}–{run[-1] + 1}" if len(run) > 1 else f"{run[0] + 1}" for run in runs)


def _signed(text: str) -> str:
    return text.replace("-", "−")
