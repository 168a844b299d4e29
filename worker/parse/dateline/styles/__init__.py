"""The styles, a file each, in the order in which they are tried; styles of no agency come last."""

from worker.parse.dateline.style import Style
from worker.parse.dateline.styles.aap import AAP
from worker.parse.dateline.styles.afp import AFP
from worker.parse.dateline.styles.afx import AFX
from worker.parse.dateline.styles.agency_first import AGENCY_FIRST
from worker.parse.dateline.styles.anadolu import ANADOLU
from worker.parse.dateline.styles.ani import ANI
from worker.parse.dateline.styles.ansa import ANSA
from worker.parse.dateline.styles.ap import AP
from worker.parse.dateline.styles.armenpress import ARMENPRESS
from worker.parse.dateline.styles.bare import BARE
from worker.parse.dateline.styles.bare_colon import BARE_COLON
from worker.parse.dateline.styles.bare_dated import BARE_DATED
from worker.parse.dateline.styles.belta import BELTA
from worker.parse.dateline.styles.bracketed import BRACKETED
from worker.parse.dateline.styles.business_wire import BUSINESS_WIRE
from worker.parse.dateline.styles.cp import CP
from worker.parse.dateline.styles.date_first import DATE_FIRST
from worker.parse.dateline.styles.dow_jones import DOW_JONES
from worker.parse.dateline.styles.dpa import DPA
from worker.parse.dateline.styles.efe import EFE
from worker.parse.dateline.styles.europa_press import EUROPA_PRESS
from worker.parse.dateline.styles.globe_newswire import GLOBE_NEWSWIRE
from worker.parse.dateline.styles.ians import IANS
from worker.parse.dateline.styles.interfax import INTERFAX
from worker.parse.dateline.styles.itar_tass import ITAR_TASS
from worker.parse.dateline.styles.kazinform import KAZINFORM
from worker.parse.dateline.styles.kcna import KCNA
from worker.parse.dateline.styles.kyodo import KYODO
from worker.parse.dateline.styles.notimex import NOTIMEX
from worker.parse.dateline.styles.pa import PA
from worker.parse.dateline.styles.prnewswire import PRNEWSWIRE
from worker.parse.dateline.styles.pti import PTI
from worker.parse.dateline.styles.reuters import REUTERS
from worker.parse.dateline.styles.ria_novosti import RIA_NOVOSTI
from worker.parse.dateline.styles.sda import SDA
from worker.parse.dateline.styles.tass import TASS
from worker.parse.dateline.styles.telam import TELAM
from worker.parse.dateline.styles.ukrinform import UKRINFORM
from worker.parse.dateline.styles.unbracketed import UNBRACKETED
from worker.parse.dateline.styles.undashed import UNDASHED
from worker.parse.dateline.styles.upi import UPI
from worker.parse.dateline.styles.wam import WAM
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
    ANI,
    IANS,
    YONHAP,
    KCNA,
    KYODO,
    ANADOLU,
    BELTA,
    UKRINFORM,
    KAZINFORM,
    ARMENPRESS,
    CP,
    PA,
    AAP,
    SDA,
    WAM,
    TELAM,
    NOTIMEX,
    EUROPA_PRESS,
    DOW_JONES,
    AFX,
    PRNEWSWIRE,
    BUSINESS_WIRE,
    GLOBE_NEWSWIRE,
    AGENCY_FIRST,
    DATE_FIRST,
    UNDASHED,
    BRACKETED,
    UNBRACKETED,
    BARE_COLON,
    BARE_DATED,
    BARE,
)
