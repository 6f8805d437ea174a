"""What a counterpart answered in another language."""

from colophon.errors.base import ColophonError


class UnexpectedAnswerError(ColophonError):
    """A success that is none: the counterpart answered in another language."""

    code = "answer"
    remedy = "Open the address in a browser: a proxy, a login page or another version may answer."


class NotOursError(UnexpectedAnswerError):
    """A 2xx without our id in it, such as a login page."""

    code = "answer.foreign"


class BadShapeError(UnexpectedAnswerError):
    """A 2xx whose body lacks a required member or has a wrong type; names keys, never values."""

    code = "answer.shape"


class OutputUnusableError(BadShapeError):
    """A file that was made for us is empty, cut short, or other than its name says."""

    code = "answer.output"
    remedy = "The next run copies it again, and renders it anew once its link has ended; where it stays so, look at its template at the renderer."


class PagingError(UnexpectedAnswerError):
    """Pages repeat, go backwards or never end."""

    code = "answer.paging"
    remedy = "Report the named page to the vendor; nothing was handed over and the watermark stands."
