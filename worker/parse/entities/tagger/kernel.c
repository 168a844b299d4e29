/* The recurrence and the best chains of the tagger's network, as network.py computes them in numpy.
 *
 * A vector holds as many units of a gate as a register of the machine, and so many windows are
 * computed together that their gates fill the registers: hatch_build.py compiles this file for each
 * kind of registers. Sums may differ from numpy's in the last bits; tests/unit/test_tagger_kernel.py
 * holds the chains of states to be the same.
 */
#include <stdint.h>
#include <stdlib.h>

#if defined(__AVX512F__)
#define USABLE (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&        \
                __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
enum { UNITS = 16, ROWS = 6 };
#elif defined(__AVX2__)
#define USABLE (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&                \
                __builtin_cpu_supports("bmi2"))
enum { UNITS = 8, ROWS = 3 };
#else /* NEON has 32 registers of four */
#define USABLE 1
enum { UNITS = 4, ROWS = 6 };
#endif

enum { GATES = 4 };
#define UNROLLED _Pragma("GCC unroll 8") /* so that arrays of vectors stay in registers */
#define INLINE static inline __attribute__((always_inline))

typedef float vector __attribute__((vector_size(4 * UNITS), aligned(4), may_alias));
typedef int32_t mask __attribute__((vector_size(4 * UNITS), aligned(4), may_alias));

INLINE vector load(const float *from) {
    return *(const vector *)from;
}

INLINE void store(float *to, vector values) {
    *(vector *)to = values;
}

INLINE vector fill(float value) {
    return value - (vector){0};
}

INLINE vector choose(mask which, vector yes, vector no) {
    return (vector)(((mask)yes & which) | ((mask)no & ~which));
}

/* tanh as a quotient of polynomials, right to 4e-7. Beyond the limit it is 1 in 32 bits. */
INLINE vector hyperbolic_tangent(vector x) {
    const vector limit = fill(7.9f);
    x = choose(x > limit, limit, x);
    x = choose(x < -limit, -limit, x);
    vector square = x * x;
    vector above = fill(-2.76076847742355e-16f);
    above = above * square + fill(2.00018790482477e-13f);
    above = above * square + fill(-8.60467152213735e-11f);
    above = above * square + fill(5.12229709037114e-08f);
    above = above * square + fill(1.48572235717979e-05f);
    above = above * square + fill(6.37261928875436e-04f);
    above = above * square + fill(4.89352455891786e-03f);
    vector below = fill(1.19825839466702e-06f);
    below = below * square + fill(1.18534705686654e-04f);
    below = below * square + fill(2.26843463243900e-03f);
    below = below * square + fill(4.89352518554385e-03f);
    return x * above / below;
}

/* The next states and cells of 16 units in `rows` windows. `recurrent` has, for each unit of the
 * state before, its weights for the four gates of these units. */
INLINE void advance(int rows, int64_t hidden, int64_t unit, const float *recurrent,
                    const float *state, float *next, float *cell, const float *const *words,
                    const float *const *bits) {
    vector gates[ROWS][GATES];
    UNROLLED
    for (int row = 0; row < rows; row++)
        UNROLLED
        for (int gate = 0; gate < GATES; gate++) {
            int64_t at = gate * hidden + unit;
            gates[row][gate] = load(words[row] + at) + load(bits[row] + at);
        }
    for (int64_t before = 0; before < hidden; before++) {
        const float *weights = recurrent + before * GATES * UNITS;
        vector own[GATES];
        UNROLLED
        for (int gate = 0; gate < GATES; gate++)
            own[gate] = load(weights + gate * UNITS);
        UNROLLED
        for (int row = 0; row < rows; row++) {
            vector value = fill(state[row * hidden + before]);
            UNROLLED
            for (int gate = 0; gate < GATES; gate++)
                gates[row][gate] += value * own[gate];
        }
    }
    const vector half = fill(0.5f);
    UNROLLED
    for (int row = 0; row < rows; row++) {
        vector input = hyperbolic_tangent(gates[row][0]) * half + half;
        vector forget = hyperbolic_tangent(gates[row][1]) * half + half;
        vector output = hyperbolic_tangent(gates[row][2]) * half + half;
        vector candidate = hyperbolic_tangent(gates[row][3]);
        float *own_cell = cell + row * hidden + unit;
        vector kept = load(own_cell) * forget + input * candidate;
        store(own_cell, kept);
        store(next + row * hidden + unit, hyperbolic_tangent(kept) * output);
    }
}

/* Returns the number of units in a vector; 0 if this machine lacks the registers. */
int units_of_vector(void) {
    return USABLE ? UNITS : 0;
}

/* A single direction of the LSTM. Returns 0, or 1 if there is no memory.
 *
 * steps, running: windows that still run at each step, the most at the first
 * recurrent: (hidden / UNITS, hidden, GATES, UNITS)
 * word_table, bit_table: (rows, GATES, hidden), the inputs of the gates
 * word_rows, bit_rows: for each token its row
 * order: the tokens in the order of steps
 * output: (tokens in the order of steps, hidden) */
int run_lstm(int64_t steps, const int64_t *running, int64_t hidden, const float *recurrent,
                    const float *word_table, const int64_t *word_rows, const float *bit_table,
                    const int64_t *bit_rows, const int64_t *order, float *output) {
    int64_t most = running[0], width = GATES * hidden;
    float *cell = calloc(2 * most * hidden, sizeof *cell);
    const float **words = malloc(2 * most * sizeof *words);
    if (!cell || !words) {
        free(cell);
        free(words);
        return 1;
    }
    const float **bits = words + most;
    const float *state = cell + most * hidden; /* zeros */
    for (int64_t step = 0; step < steps; step++) {
        int64_t count = running[step];
        for (int64_t row = 0; row < count; row++) {
            words[row] = word_table + word_rows[order[row]] * width;
            bits[row] = bit_table + bit_rows[order[row]] * width;
        }
        for (int64_t unit = 0; unit < hidden; unit += UNITS) {
            const float *own = recurrent + unit * hidden * GATES;
            int64_t row = 0;
#define ADVANCE(rows)                                                                            \
    advance(rows, hidden, unit, own, state + row * hidden, output + row * hidden,                \
            cell + row * hidden, words + row, bits + row)
            for (; row + ROWS <= count; row += ROWS)
                ADVANCE(ROWS);
            for (; row + ROWS / 2 < count; row += ROWS / 2 + 1)
                ADVANCE(ROWS / 2 + 1);
            for (; row < count; row++)
                ADVANCE(1);
        }
        state = output;
        output += count * hidden;
        order += count;
    }
    free(cell);
    free(words);
    return 0;
}

/* The best chain of states of each window (Viterbi). Returns 0, or 1 if there is no memory.
 *
 * Of equal scores the first state wins, as in numpy. State 0 is outside; then come begin, inside,
 * end and single of each label.
 *
 * lengths: tokens of each window; starts: position of each step's first token
 * scores: (tokens in the order of steps, states)
 * first, last: (states); fresh: (opening states, ending states)
 * inside, end: (2, labels), from the begin and from the inside of the same label
 * chains: the states of each window's tokens, window by window */
int find_chains(int64_t windows, const int64_t *lengths, const int64_t *starts,
                       int64_t labels, const float *scores, const float *first, const float *last,
                       const float *fresh, const float *inside, const float *end, int8_t *chains) {
    int64_t states = 1 + 4 * labels, ends = 1 + 2 * labels;
    int64_t longest = windows ? lengths[0] : 0;
    int8_t *back = malloc(longest * states + 1);
    float *score = malloc(2 * states * sizeof *score);
    if (!back || !score) {
        free(back);
        free(score);
        return 1;
    }
    for (int64_t window = 0; window < windows; window++) {
        float *now = score, *next = score + states;
        for (int64_t state = 0; state < states; state++)
            now[state] = scores[window * states + state] + first[state];
        int64_t length = lengths[window];
        for (int64_t step = 1; step < length; step++) {
            const float *own = scores + (starts[step] + window) * states;
            int8_t *from = back + step * states;
            for (int64_t opening = 0; opening < ends; opening++) {
                const float *weights = fresh + opening * ends;
                int64_t to = opening ? 1 + (opening - 1) / 2 * 4 + (opening - 1) % 2 * 3 : 0;
                float best = now[0] + weights[0];
                int8_t best_from = 0;
                for (int64_t ending = 1; ending < ends; ending++) {
                    int64_t at = 1 + (ending - 1) / 2 * 4 + 2 + (ending - 1) % 2;
                    float sum = now[at] + weights[ending];
                    if (sum > best) {
                        best = sum;
                        best_from = (int8_t)at;
                    }
                }
                next[to] = best + own[to];
                from[to] = best_from;
            }
            for (int64_t label = 0; label < labels; label++) {
                int64_t begin = 1 + 4 * label;
                const float *going[2] = {inside, end};
                for (int64_t kind = 0; kind < 2; kind++) {
                    float by_begin = now[begin] + going[kind][label];
                    float by_inside = now[begin + 1] + going[kind][labels + label];
                    int64_t to = begin + 1 + kind;
                    next[to] = (by_begin >= by_inside ? by_begin : by_inside) + own[to];
                    from[to] = (int8_t)(by_begin >= by_inside ? begin : begin + 1);
                }
            }
            float *swapped = now;
            now = next;
            next = swapped;
        }
        int64_t best = 0;
        for (int64_t state = 1; state < states; state++)
            if (now[state] + last[state] > now[best] + last[best])
                best = state;
        for (int64_t step = length - 1; step >= 0; step--) {
            chains[step] = (int8_t)best;
            best = step ? back[step * states + best] : 0;
        }
        chains += length;
    }
    free(back);
    free(score);
    return 0;
}
