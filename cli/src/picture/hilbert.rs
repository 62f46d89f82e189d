//! The Hilbert curve: a line through all cells of a square, on which neighbours stay neighbours, so that networks are squares.
//!
//! D. Hilbert, "Über die stetige Abbildung einer Linie auf ein Flächenstück", 1891; used for IPv4 since xkcd 195, whose sequence
//! of quadrants this is: down, right, up.

/// The column and the row of the cell at a distance from the line's beginning, in a square of `2^order` cells.
pub(super) fn cell(order: u32, distance: u32) -> (u32, u32) {
    let (mut x, mut y) = (0, 0);
    let mut rest = distance;
    for level in 0..order {
        let side = 1 << level;
        let right = 1 & (rest / 2);
        let down = 1 & (rest ^ right);
        // The first and the last quadrant are turned, so that the line comes out where the next one begins.
        if down == 0 {
            if right == 1 {
                (x, y) = (side - 1 - x, side - 1 - y);
            }
            (x, y) = (y, x);
        }
        x += side * right;
        y += side * down;
        rest /= 4;
    }
    (x, y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_visits_every_cell_once_by_single_steps() {
        for order in 0..=5 {
            let cells: Vec<(u32, u32)> = (0..1 << (2 * order)).map(|distance| cell(order, distance)).collect();
            assert!(cells.windows(2).all(|pair| pair[0].0.abs_diff(pair[1].0) + pair[0].1.abs_diff(pair[1].1) == 1));
            let mut sorted = cells.clone();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), cells.len());
            assert!(cells.iter().all(|&(x, y)| x < 1 << order && y < 1 << order));
        }
    }

    /// A finer curve has the content of a coarse cell at the same position, so that labels of /8 networks are at their networks.
    #[test]
    fn finer_curves_refine_coarser_ones() {
        for distance in 0..1 << 12 {
            let (x, y) = cell(6, distance);
            assert_eq!(cell(4, distance >> 4), (x >> 2, y >> 2));
        }
        assert_eq!([0, 1, 2, 3].map(|quadrant| cell(1, quadrant)), [(0, 0), (0, 1), (1, 1), (1, 0)]);
    }
}
