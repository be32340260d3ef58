import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from evals.metrics.intervals import interval_of, interval_of_share, nan_means, replicate, resampled_places
from evals.metrics.selective import aurc, auroc, ece, equal_mass_bins, risk_coverage


def test_auroc_counts_pairs_in_order_and_ties_half() -> None:
    # Pairs (right, wrong): .9>.8, .9>.4, .4<.8, .4=.4 → (1 + 1 + 0 + .5) / 4.
    assert auroc(np.array([0.9, 0.8, 0.4, 0.4]), np.array([1.0, 0, 1, 0])) == pytest.approx(2.5 / 4)


def test_what_does_not_apply_is_none() -> None:
    empty = np.zeros(0)
    assert auroc(np.array([0.5, 0.6]), np.array([1.0, 1.0])) is None
    assert (auroc(empty, empty), ece(empty, empty), aurc(empty, empty)) == (None, None, None)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.5, 0.7, 0.9]), st.booleans()), min_size=2, max_size=40))
def test_auroc_agrees_with_scikit_learn(pairs: list[tuple[float, bool]]) -> None:
    confidence = np.array([pair[0] for pair in pairs])
    right = np.array([float(pair[1]) for pair in pairs])
    if 0 < right.sum() < len(right):
        assert auroc(confidence, right) == pytest.approx(roc_auc_score(right, confidence))


def test_equal_mass_bins_hold_equally_many_and_ece_weighs_their_gaps() -> None:
    confidence = np.array([0.9, 0.1, 0.8, 0.2])
    right = np.array([1.0, 0.0, 0.0, 0.0])
    low, high = equal_mass_bins(confidence, right, bins=2)
    assert low == pytest.approx((0.15, 0.0, 2))
    assert high == pytest.approx((0.85, 0.5, 2))
    assert ece(confidence, right, bins=2) == pytest.approx(0.5 * 0.15 + 0.5 * 0.35)


@settings(max_examples=50, deadline=None)
@given(pairs=st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40), bins=st.integers(1, 12))
def test_ece_is_the_weighted_gap_of_the_bins_that_are_drawn(pairs: list[tuple[float, bool]], bins: int) -> None:
    confidence = np.array([pair[0] for pair in pairs])
    right = np.array([float(pair[1]) for pair in pairs])
    parts = equal_mass_bins(confidence, right, bins)
    assert [count for _, _, count in parts] == [len(part) for part in np.array_split(right, min(bins, len(right)))]
    expected = sum(count * abs(mean - share) for mean, share, count in parts) / len(pairs)
    assert ece(confidence, right, bins) == pytest.approx(expected)


def test_a_perfectly_calibrated_confidence_has_no_error() -> None:
    confidence = np.array([0.5] * 10)
    right = np.array([1.0, 0.0] * 5)
    assert ece(confidence, right, bins=1) == pytest.approx(0)


def test_risk_coverage_of_a_hand_worked_run() -> None:
    # By confidence: right, wrong, right, wrong → risks 0, 1/2, 1/3, 2/4.
    coverage, risk = risk_coverage(np.array([0.9, 0.8, 0.7, 0.6]), np.array([1.0, 0.0, 1.0, 0.0]))
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert aurc(np.array([0.9, 0.8, 0.7, 0.6]), np.array([1.0, 0.0, 1.0, 0.0])) == pytest.approx(
        (0.5 + 1 / 3 + 0.5) / 4
    )


def test_equal_confidences_give_one_risk_whatever_the_order() -> None:
    forwards = aurc(np.array([0.5, 0.5, 0.5]), np.array([1.0, 0.0, 0.0]))
    backwards = aurc(np.array([0.5, 0.5, 0.5]), np.array([0.0, 0.0, 1.0]))
    assert forwards == backwards == pytest.approx(2 / 3)


def test_the_bootstrap_interval_of_a_mean_is_near_the_textbook_one() -> None:
    values = np.random.default_rng(1).normal(10, 2, size=400)
    interval = interval_of(nan_means(values, resampled_places(400)))
    assert interval is not None
    error = 1.96 * values.std() / np.sqrt(400)
    assert interval == pytest.approx((values.mean() - error, values.mean() + error), abs=0.05)


@pytest.mark.parametrize(
    ("values", "interval"),
    [
        ([1.0] * 40, (40 / (40 + 1.96**2), 1.0)),  # 1 - z²/(n + z²), by hand
        ([0.0] * 40 + [np.nan], (0.0, 1.96**2 / (40 + 1.96**2))),
        ([1.0, 0.0] * 50, (0.4038, 0.5962)),  # Newcombe 1998
    ],
)
def test_a_share_has_wilson_s_interval_and_never_one_without_width(
    values: list[float], interval: tuple[float, float]
) -> None:
    found = interval_of_share(np.array(values), resampled_places(len(values)))
    assert found == pytest.approx(interval, abs=1e-4)


def test_a_mean_of_what_is_between_nought_and_one_keeps_its_bootstrap_interval() -> None:
    values, places = np.array([0.5, 1.0, 0.0, 0.25] * 20), resampled_places(80)
    assert interval_of_share(values, places) == interval_of(nan_means(values, places))
    assert interval_of_share(np.array([np.nan]), resampled_places(1)) is None


def test_resamples_are_the_same_every_time() -> None:
    assert (resampled_places(50) == resampled_places(50)).all()
    assert resampled_places(50).shape == (1000, 50)


def test_entries_that_do_not_apply_are_left_out_of_every_resample() -> None:
    values = np.array([1.0, np.nan, np.nan, 1.0])
    means = nan_means(values, resampled_places(4))
    assert set(means[~np.isnan(means)]) == {1.0}
    assert np.isnan(nan_means(np.array([np.nan, np.nan]), resampled_places(2))).all()
    assert interval_of(np.array([np.nan])) is None


def test_a_statistic_that_is_no_mean_is_replicated_where_it_applies() -> None:
    confidence, right = np.array([0.9, 0.1]), np.array([1.0, 0.0])
    values = replicate(lambda places: auroc(confidence[places], right[places]), resampled_places(2))
    assert np.isnan(values).any()
    assert set(values[~np.isnan(values)]) == {1.0}
