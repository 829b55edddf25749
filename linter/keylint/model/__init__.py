"""The nouns: frozen values with no behaviour but their own."""

from keylint.model.definition import CONFIGURATION, Channel, Damage, Definition, Role, Within
from keylint.model.facts import Binding, Call, EnvBinding, FileFacts, Import, Loader, Mount, Workload
from keylint.model.finding import Edit, Finding, Fix, Report, RuleInfo, Severity, Skipped
from keylint.model.flow import (
    ANY,
    Arguments,
    Changed,
    Choice,
    Class,
    EnvRead,
    Fallback,
    Fields,
    FileItem,
    Function,
    Hidden,
    Item,
    Joined,
    Literal,
    Member,
    Module,
    Nothing,
    Opaque,
    Parameter,
    Reference,
    Shown,
    Stripped,
    Value,
    Via,
)
from keylint.model.judgement import Claims, Defect, Judgement
from keylint.model.key import Key
from keylint.model.place import Place, Step, is_sample_code, is_test_code
from keylint.model.provider import (
    GENERIC,
    Confidence,
    EnvName,
    Header,
    KeyKind,
    Lifetime,
    LiveCheck,
    Provider,
    PublicExample,
    Retirement,
    Secrecy,
    Setting,
    Sign,
    Sink,
    SinkForm,
)
from keylint.model.secret import Secret, cut, mask
from keylint.model.source import Origin, Source
from keylint.model.status import Asked, KeyRef, Live, Observation, Reason, Tier, Verdict
from keylint.model.use import Outcome, OutcomeKind, Shadow, Trace, Use

__all__ = [
    "ANY", "CONFIGURATION", "GENERIC", "Arguments", "Asked", "Binding", "Call", "Changed", "Channel", "Choice", "Claims",
    "Class", "Confidence", "Damage", "Defect", "Definition", "Edit", "EnvBinding", "EnvName", "EnvRead", "Fallback", "Fields",
    "FileFacts", "FileItem", "Finding", "Fix", "Function", "Header", "Hidden", "Import", "Item", "Joined", "Judgement", "Key",
    "KeyKind", "KeyRef", "Lifetime", "Literal", "Live", "LiveCheck", "Loader", "Member", "Module", "Mount", "Nothing",
    "Observation", "Opaque", "Origin", "Outcome", "OutcomeKind", "Parameter", "Place", "Provider", "PublicExample", "Reason",
    "Reference", "Report", "Retirement", "Role", "RuleInfo", "Secrecy", "Secret", "Setting", "Severity", "Shadow", "Shown",
    "Sign", "Sink", "SinkForm", "Skipped", "Source", "Step", "Stripped", "Tier", "Trace", "Use", "Value", "Verdict", "Via",
    "Within", "Workload", "cut", "is_sample_code", "is_test_code", "mask",
]  # fmt: skip
