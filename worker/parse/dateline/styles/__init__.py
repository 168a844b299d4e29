"""The styles, one file each, in the order in which they are asked; those of no agency come last."""

from worker.parse.dateline.style import Style
from worker.parse.dateline.styles.afp import AFP
from worker.parse.dateline.styles.agency_first import AGENCY_FIRST
from worker.parse.dateline.styles.anadolu import ANADOLU
from worker.parse.dateline.styles.ansa import ANSA
from worker.parse.dateline.styles.ap import AP
from worker.parse.dateline.styles.bare import BARE
from worker.parse.dateline.styles.belta import BELTA
from worker.parse.dateline.styles.bracketed import BRACKETED
from worker.parse.dateline.styles.dpa import DPA
from worker.parse.dateline.styles.efe import EFE
from worker.parse.dateline.styles.interfax import INTERFAX
from worker.parse.dateline.styles.itar_tass import ITAR_TASS
from worker.parse.dateline.styles.kyodo import KYODO
from worker.parse.dateline.styles.pti import PTI
from worker.parse.dateline.styles.reuters import REUTERS
from worker.parse.dateline.styles.ria_novosti import RIA_NOVOSTI
from worker.parse.dateline.styles.tass import TASS
from worker.parse.dateline.styles.unbracketed import UNBRACKETED
from worker.parse.dateline.styles.upi import UPI
from worker.parse.dateline.styles.xinhua import XINHUA
from worker.parse.dateline.styles.yonhap import YONHAP

__all__ = ["STYLES"]

STYLES: tuple[Style, ...] = (
    ITAR_TASS,
    TASS,
    INTERFAX,
    RIA_NOVOSTI,
    AP,
    REUTERS,
    AFP,
    DPA,
    UPI,
    XINHUA,
    EFE,
    ANSA,
    PTI,
    YONHAP,
    KYODO,
    ANADOLU,
    BELTA,
    AGENCY_FIRST,
    BRACKETED,
    UNBRACKETED,
    BARE,
)
