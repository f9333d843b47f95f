"""What can be asked of a plan, as frozen statements with their equations.

Notation: i demand with weight w_i > 0 (people), j candidate, x_j in {0, 1} whether a site is built at j,
t_ij the travel time, T the standard, c_j the cost, N_i = {j: t_ij <= T}. Existing facilities stand,
serve for free and are outside p; demand they serve within the standard counts as covered.
"""

from dataclasses import KW_ONLY, dataclass
from numbers import Integral, Real

from ..errors import Fault, ProjectError


@dataclass(frozen=True)
class LSCP:
    """Cover everybody who can be covered, with the fewest sites or at the least cost.

        min  sum_j c_j x_j                                       (1)  c_j = 1 where no costs are given
        s.t. sum_{j in N_i} x_j >= 1     for all i               (2)  share = 1
             y_i <= sum_{j in N_i} x_j,  0 <= y_i <= 1           (3)  share < 1: partial set cover
             sum_i w_i y_i >= share * sum_i w_i                  (4)

    Demand that nothing can reach is left out of (2), bounds (4) from above, and is listed as uncoverable.
    With capacities q_j a person counts who finds room, as in `MCLP` eq. 5-6, and (4) is on sum_ij f_ij. Where all
    sites together have too little room for the share it is refused, with the share that would do.

    standard_min: T, inclusive. share: part of all the people that must be covered, in (0, 1].

    Raises:
        ProjectError: a standard below 0 or a share outside (0, 1].

    Source: Toregas, Swain, ReVelle and Bergman (1971), Operations Research 19(6), eq. 1-3;
    partial cover: Daskin and Owen (1999), Geographical Analysis 31(3).
    """

    standard_min: float
    share: float = 1.0

    def __post_init__(self) -> None:
        """Check the statement."""
        faults = _standard_faults("LSCP", self.standard_min)
        if not (isinstance(self.share, Real) and 0 < self.share <= 1):
            faults.append(Fault("model_share", {"value": self.share}))
        _refuse(faults)


@dataclass(frozen=True)
class MCLP:
    """Cover the most people with at most p sites, or within a budget.

        max  sum_i w_i y_i                                       (1)
        s.t. y_i <= sum_{j in N_i} x_j,  0 <= y_i <= 1           (2)
             sum_j x_j <= p   or   sum_j c_j x_j <= budget       (3)

    Fewer than p sites are proposed where the rest would cover nobody new. With capacities q_j the people
    that each facility takes in, f_ij, replace (1) and (2); those of one point may go to several:

        max  sum_ij f_ij                                         (4)
        s.t. sum_j f_ij <= w_i,  f_ij <= w_i x_j                 (5)
             sum_i f_ij <= q_j x_j                               (6)

    standard_min: T, inclusive. p: number of sites. budget: in the unit of the costs.

    Raises:
        ProjectError: a standard or a budget below 0, p that is no whole number from 1, both or neither of p and budget.

    Source: Church and ReVelle (1974), Papers of the Regional Science Association 32, eq. 1-4;
    capacities: Current and Storbeck (1988), Environment and Planning B 15(2).
    """

    standard_min: float
    _: KW_ONLY
    p: int | None = None
    budget: float | None = None

    def __post_init__(self) -> None:
        """Check the statement."""
        _refuse(_standard_faults("MCLP", self.standard_min) + _limit_faults("MCLP", self.p, self.budget))


@dataclass(frozen=True)
class BCLP:
    """Give the most people a second facility within the standard, without giving up anybody's first.

        max  sum_i w_i u_i                                       (1)
        s.t. y_i + u_i <= sum_{j in N_i} x_j                     (2)  existing facilities are x_j = 1
             u_i <= y_i <= 1,  u_i in {0, 1}                     (3)
             sum_i w_i y_i >= first * sum_{i: N_i not empty} w_i (4)
             sum_j x_j <= p   or   sum_j c_j x_j <= budget       (5)

    By (2) and (3) a point with one facility in range has no backup, however many candidates there are.
    first: part of all who can be covered that must be covered, in [0, 1]; 1 leaves nobody without.
    The objective counts people with a backup; the gain of a site counts people it covers first.

    standard_min: T, inclusive. p: number of sites. budget: in the unit of the costs.

    Raises:
        ProjectError: as `MCLP`, or a `first` outside [0, 1].

    Source: Hogan and ReVelle (1986), Management Science 32(11), BACOP1 (first = 1) and BACOP2.
    """

    standard_min: float
    _: KW_ONLY
    p: int | None = None
    budget: float | None = None
    first: float = 1.0

    def __post_init__(self) -> None:
        """Check the statement."""
        faults = _standard_faults("BCLP", self.standard_min) + _limit_faults("BCLP", self.p, self.budget)
        if not (isinstance(self.first, Real) and 0 <= self.first <= 1):
            faults.append(Fault("model_first", {"value": self.first}))
        _refuse(faults)


@dataclass(frozen=True)
class PMedian:
    """Make the people-minutes to the nearest facility least, with at most p sites.

        min  sum_i w_i sum_j t_ij z_ij                           (1)
        s.t. sum_j z_ij = 1              for all i               (2)
             z_ij <= x_j                 for all i, j            (3)
             sum_j x_j <= p                                      (4)

    Everyone must be reached within the cutoff of the travel times. With capacities q_j also
    sum_i w_i z_ij <= q_j x_j (5); the people of one point may then go to several facilities, so that
    the optimum bounds that of the problem with a single source for each point from below.

    Raises:
        ProjectError: p that is no whole number from 1.

    Source: Hakimi (1964), Operations Research 12(3); ReVelle and Swain (1970), Geographical Analysis 2, eq. 1-5.
    """

    p: int

    def __post_init__(self) -> None:
        """Check the statement."""
        _refuse(_p_faults("PMedian", self.p))


@dataclass(frozen=True)
class PCenter:
    """Make the largest time of anyone to the nearest facility least, with at most p sites.

        min  r                                                   (1)
        s.t. sum_j t_ij z_ij <= r        for all i               (2)
             sum_j z_ij = 1,  z_ij <= x_j                        (3)
             sum_j x_j <= p                                      (4)

    Sites that do not lower r are used to save the most people-minutes. Everyone must be reached
    within the cutoff of the travel times; with capacities q_j also find room, `PMedian` eq. 5.

    Raises:
        ProjectError: p that is no whole number from 1.

    Source: Hakimi (1964), Operations Research 12(3); solved as set covers, Minieka (1970), SIAM Review 12(1).
    """

    p: int

    def __post_init__(self) -> None:
        """Check the statement."""
        _refuse(_p_faults("PCenter", self.p))


Model = LSCP | MCLP | BCLP | PMedian | PCenter


def _standard_faults(model: str, value: object) -> list[Fault]:
    good = isinstance(value, Real) and float(value) >= 0
    return [] if good else [Fault("model_standard", {"model": model, "value": value})]


def _p_faults(model: str, value: object) -> list[Fault]:
    good = isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 1
    return [] if good else [Fault("model_p", {"model": model, "value": value})]


def _limit_faults(model: str, p: object, budget: object) -> list[Fault]:
    faults = []
    if (p is None) == (budget is None):
        faults.append(Fault("model_limit", {"model": model}))
    if p is not None:
        faults += _p_faults(model, p)
    if budget is not None and not (isinstance(budget, Real) and float(budget) >= 0):
        faults.append(Fault("model_budget", {"value": budget}))
    return faults


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise ProjectError(*faults)
