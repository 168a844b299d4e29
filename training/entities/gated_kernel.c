/* The gates and cells of a QRNN beside the shipped kernel, to time what they would cost. */
#include "kernel.c"

enum { TAPS = 3, PARTS = 3 }; /* words that a gate looks at; candidate, forget and output gate */

/* The cells and the output of a token: the sum of its inputs goes through the gates. */
INLINE void take(int64_t hidden, const float *const inputs[2 * TAPS], float *cell, float *output) {
    const vector half = fill(0.5f);
    for (int64_t unit = 0; unit < hidden; unit += UNITS) {
        vector gates[PARTS];
        UNROLLED
        for (int gate = 0; gate < PARTS; gate++) {
            int64_t at = gate * hidden + unit;
            gates[gate] = fill(0.0f);
            UNROLLED
            for (int input = 0; input < 2 * TAPS; input++)
                gates[gate] += load(inputs[input] + at);
        }
        vector candidate = hyperbolic_tangent(gates[0]);
        vector forget = hyperbolic_tangent(gates[1]) * half + half;
        vector shown = hyperbolic_tangent(gates[2]) * half + half;
        vector kept = candidate + forget * (load(cell + unit) - candidate);
        store(cell + unit, kept);
        store(output + unit, kept * shown);
    }
}

/* A single direction. Returns 0, or 1 if there is no memory.
 *
 * lengths: tokens of each window; starts: position of each step's first token
 * side: 0 reads forward, 1 backward
 * word_table, bit_table: (rows, TAPS, PARTS, hidden)
 * word_rows, bit_rows: for each token its row, window by window
 * output: (tokens in the order of forward steps, 2, hidden) */
int run_qrnn(int64_t windows, const int64_t *lengths, const int64_t *starts, int64_t hidden,
             int64_t side, const float *word_table, const int64_t *word_rows,
             const float *bit_table, const int64_t *bit_rows, float *output) {
    int64_t tap = PARTS * hidden, row = TAPS * tap;
    float *cell = malloc(hidden * sizeof *cell);
    float *none = calloc(tap, sizeof *none); /* beyond a window's ends */
    int failed = !cell || !none;
    for (int64_t window = 0; !failed && window < windows; window++) {
        int64_t length = lengths[window];
        for (int64_t unit = 0; unit < hidden; unit++)
            cell[unit] = 0;
        for (int64_t step = 0; step < length; step++) {
            int64_t token = side ? length - 1 - step : step;
            const float *inputs[2 * TAPS];
            for (int64_t at = 0; at < TAPS; at++) {
                int64_t seen = token + at - 1;
                int is_inside = seen >= 0 && seen < length;
                inputs[2 * at] = is_inside ? word_table + word_rows[seen] * row + at * tap : none;
                inputs[2 * at + 1] = is_inside ? bit_table + bit_rows[seen] * row + at * tap : none;
            }
            take(hidden, inputs, cell, output + ((starts[token] + window) * 2 + side) * hidden);
        }
        word_rows += length;
        bit_rows += length;
    }
    free(cell);
    free(none);
    return failed;
}
