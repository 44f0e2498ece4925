/* Trains the circle many times in plain C: circle MEMBERS EPOCHS THREADS.

   Each member draws its own points and initial weights, reshuffles its training points in each epoch, and trains a
   2-8-1 network with ReLU and binary cross-entropy by gradient descent, in float32, one point after another. Members
   are independent: each thread takes the next free one. Prints a receipt as JSON. */

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TRAIN = 4000, VAL = 1000, BATCH = 32, HIDDEN = 8, MOST_THREADS = 256 };
static const float RADIUS = 0.5f, LEARNING_RATE = 0.1f;

typedef struct {
    float x[2], y;
} Point;

typedef struct {
    float hidden[2][HIDDEN], hidden_bias[HIDDEN], output[HIDDEN], output_bias;
} Weights;

static int members, epochs;
static atomic_int next_member, right_answers;

/* xorshift64*, Vigna 2016 */
static uint32_t draw(uint64_t *random) {
    *random ^= *random >> 12;
    *random ^= *random << 25;
    *random ^= *random >> 27;
    return (uint32_t)((*random * UINT64_C(0x2545F4914F6CDD1D)) >> 32);
}

/* Uniform in [-bound, bound). */
static float uniform(uint64_t *random, float bound) {
    return ((float)(draw(random) >> 8) * 0x1p-23f - 1.0f) * bound;
}

static void draw_points(Point *points, int n, uint64_t *random) {
    for (int i = 0; i < n; i++) {
        float a = uniform(random, 1.0f), b = uniform(random, 1.0f);
        points[i] = (Point){{a, b}, a * a + b * b <= RADIUS * RADIUS};
    }
}

static void draw_weights(Weights *w, uint64_t *random) {
    const float hidden_bound = 1.0f / sqrtf(2.0f), output_bound = 1.0f / sqrtf(HIDDEN);
    for (int j = 0; j < HIDDEN; j++) {
        w->hidden[0][j] = uniform(random, hidden_bound);
        w->hidden[1][j] = uniform(random, hidden_bound);
        w->hidden_bias[j] = uniform(random, hidden_bound);
        w->output[j] = uniform(random, output_bound);
    }
    w->output_bias = uniform(random, output_bound);
}

static void shuffle(Point *points, int n, uint64_t *random) {
    for (int i = n - 1; i > 0; i--) {
        int j = (int)(((uint64_t)draw(random) * (uint64_t)(i + 1)) >> 32);
        Point kept = points[i];
        points[i] = points[j];
        points[j] = kept;
    }
}

static float logit(const Weights *w, const Point *p, float *active) {
    float sum = w->output_bias;
    for (int j = 0; j < HIDDEN; j++) {
        float z = w->hidden[0][j] * p->x[0] + w->hidden[1][j] * p->x[1] + w->hidden_bias[j];
        active[j] = z > 0.0f ? z : 0.0f;
    }
    for (int j = 0; j < HIDDEN; j++) sum += w->output[j] * active[j];
    return sum;
}

static void step(Weights *w, const Point *batch) {
    Weights g = {0};
    for (int i = 0; i < BATCH; i++) {
        float active[HIDDEN];
        float error = 1.0f / (1.0f + expf(-logit(w, &batch[i], active))) - batch[i].y;
        for (int j = 0; j < HIDDEN; j++) {
            float hidden_error = active[j] > 0.0f ? error * w->output[j] : 0.0f;
            g.output[j] += error * active[j];
            g.hidden[0][j] += hidden_error * batch[i].x[0];
            g.hidden[1][j] += hidden_error * batch[i].x[1];
            g.hidden_bias[j] += hidden_error;
        }
        g.output_bias += error;
    }
    const float rate = LEARNING_RATE / BATCH;
    for (int j = 0; j < HIDDEN; j++) {
        w->hidden[0][j] -= rate * g.hidden[0][j];
        w->hidden[1][j] -= rate * g.hidden[1][j];
        w->hidden_bias[j] -= rate * g.hidden_bias[j];
        w->output[j] -= rate * g.output[j];
    }
    w->output_bias -= rate * g.output_bias;
}

static int train(int member) {
    uint64_t random = UINT64_C(0x9E3779B97F4A7C15) * (uint64_t)(member + 1);
    Point points[TRAIN + VAL];
    Weights w;
    draw_points(points, TRAIN + VAL, &random);
    draw_weights(&w, &random);
    for (int epoch = 0; epoch < epochs; epoch++) {
        shuffle(points, TRAIN, &random);
        for (int first = 0; first < TRAIN; first += BATCH) step(&w, &points[first]);
    }
    int right = 0;
    for (int i = TRAIN; i < TRAIN + VAL; i++) {
        float active[HIDDEN];
        right += (logit(&w, &points[i], active) > 0.0f) == (points[i].y > 0.5f);
    }
    return right;
}

static void *work(void *nothing) {
    for (int member; (member = atomic_fetch_add(&next_member, 1)) < members;)
        atomic_fetch_add(&right_answers, train(member));
    return nothing;
}

int main(int count, char **arguments) {
    if (count != 4) return 2;
    members = atoi(arguments[1]), epochs = atoi(arguments[2]);
    int threads = atoi(arguments[3]);
    if (members < 1 || epochs < 1 || threads < 1 || threads > MOST_THREADS) return 2;
    pthread_t running[MOST_THREADS];
    struct timespec began, ended;
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (int i = 0; i < threads; i++)
        if (pthread_create(&running[i], NULL, work, NULL)) return 1;
    for (int i = 0; i < threads; i++) pthread_join(running[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    double seconds = (double)(ended.tv_sec - began.tv_sec) + 1e-9 * (double)(ended.tv_nsec - began.tv_nsec);
    double accuracy = (double)atomic_load(&right_answers) / ((double)members * VAL);
    printf("{\"fit_seconds\": %.6f, \"metrics\": {\"val_acc\": %.6f}}\n", seconds, accuracy);
    return 0;
}
