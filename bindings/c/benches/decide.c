/* Measures decisions from C: nanoseconds each, listed and unlisted. Run by benches/compare. */

#include <bailiwick.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DECISIONS = 2000000 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    const char *sources[] = {arguments[1]};
    bailiwick_atlas *atlas = NULL;
    bailiwick_policy *policy = NULL;
    if (bailiwick_atlas_open(sources, 1, 1, &atlas, NULL) != BAILIWICK_OK ||
        bailiwick_policy_open(arguments[2], atlas, &policy, NULL) != BAILIWICK_OK) {
        fputs("the files cannot be opened\n", stderr);
        return 2;
    }
    bailiwick_region host;
    bailiwick_region_parse("US", 2, &host);
    const char *meetings[] = {"vigil", "other"};
    for (int n = 0; n < 2; n++) {
        size_t len = strlen(meetings[n]);
        uint8_t address[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 0};
        size_t blocked = 0;
        double began = now();
        for (int at = 0; at < DECISIONS; at++) {
            bailiwick_decision decision;
            address[15] = (uint8_t)at;
            bailiwick_decide(policy, meetings[n], len, NULL, 0, address, host, &decision);
            blocked += !decision.admits;
        }
        printf("%.2f ", (now() - began) / DECISIONS);
        if (blocked != (n == 0 ? DECISIONS : 0)) return 3;
    }
    putchar('\n');
    bailiwick_policy_free(policy);
    bailiwick_atlas_free(atlas);
    return 0;
}
