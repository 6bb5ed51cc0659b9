//! Requests take so much and no more: what is too much for one goes in portions.

/// The things one after the other in portions of `most` at most that together weigh no more than `limit`; one
/// that weighs more by itself is a portion all the same.
pub fn portions<T>(
    things: &[T],
    (most, limit): (usize, usize),
    weight: impl Fn(&T) -> usize,
) -> impl Iterator<Item = &[T]> {
    let mut rest = things;
    std::iter::from_fn(move || {
        let mut sum = 0;
        let fitting = rest.iter().take(most).take_while(|thing| {
            sum += weight(thing);
            sum <= limit
        });
        let count = fitting.count().max(1).min(rest.len());
        let (portion, after) = rest.split_at(count);
        rest = after;
        (!portion.is_empty()).then_some(portion)
    })
}
