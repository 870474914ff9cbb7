"""The closed vocabularies the models speak, in the order of their columns.

The order is that of the national pack (a test compares them). Refuses to know labels and what follows from a code.
"""

from __future__ import annotations

CODES = (
    "illness", "injury", "disability_certified", "disability_suspected", "developmental", "suicide_risk",
    "mental_health", "dementia", "care_need", "caregiving_burden", "double_care", "young_carer",
    "housing_unstable", "homeless", "poverty", "debt", "money_management", "utilities_arrears", "job_search",
    "job_retention", "lifestyle", "isolation", "hikikomori", "family_conflict", "childcare", "pregnancy",
    "school_refusal", "delinquency", "single_parent", "dv", "child_abuse", "elder_abuse", "disability_abuse",
    "neglect_self", "hoarding", "animal_hoarding", "neighbor_trouble", "foreign_resident", "ex_offender",
    "addiction", "communication", "guardianship", "no_relatives", "bereavement", "consumer_harm", "disaster",
    "transport",
)  # fmt: skip
DANGER = ("suicide_risk", "dv", "child_abuse", "elder_abuse", "disability_abuse")
FIELDS = (
    "高齢", "障がい", "こども", "生活困窮", "生活保護", "教育", "保健医療", "住まい", "環境", "市民生活・消費",
    "就労", "権利擁護", "外国人", "司法・更生", "警察・安全", "社協・地域", "税・保険年金", "女性・DV", "災害",
)  # fmt: skip
POLARITIES = ("present", "suspected", "denied", "past", "other", "resolved")
ASSERTED = ("present", "suspected")
DECISIONS = ("single_window", "existing_meeting", "multi_agency")
COORDINATION = ("ordinary", "one_field", "cross_field")
CONSENTS = ("yes", "no")
WEIGHTS = ("こども", "高齢", "障がい", "生活困窮")
MEETINGS = ("要保護児童対策地域協議会", "地域ケア会議", "障害者自立支援協議会", "生活困窮者支援会議・支援調整会議")
WEIGHT_HEADS = tuple(f"weight:{field}" for field in WEIGHTS)
CLAUSE_HEADS = ("urgent",)  # also looked for clause by clause
SENTENCE_HEADS = CONSENTS  # also looked for sentence by sentence
HEADS = DECISIONS + CONSENTS + ("urgent",) + FIELDS + WEIGHT_HEADS
