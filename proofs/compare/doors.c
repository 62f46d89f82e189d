/* Answers the questions of a world as the C library does: kind, ids, and the domestic order of each. See src/doors.rs.
 *
 *     doors FOLDER/N/world …
 */
#include <bailiwick.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SOURCES = 16, MOST_ORDERS = 64, LINE = 4096 };

static const char *const kinds[] = {"allow", "block-participant", "keep-meeting"};

static void check(int code, bailiwick_error *error, const char *what) {
    if (code != BAILIWICK_OK) {
        bailiwick_str message = bailiwick_error_message(error);
        fprintf(stderr, "%s: %.*s\n", what, (int)message.len, message.ptr);
        exit(2);
    }
}

/* question MEETING HOST ADDRESS HOME TIME */
static void answer(const bailiwick_policy *policy, char *line) {
    char *fields[6];
    for (int n = 0; n < 6; n++) {
        fields[n] = strtok(n == 0 ? line : NULL, "\t");
    }
    uint8_t address[16];
    for (int n = 0; n < 16; n++) {
        unsigned byte;
        sscanf(fields[3] + 2 * n, "%2x", &byte);
        address[n] = (uint8_t)byte;
    }
    const char *host = strcmp(fields[2], "-") == 0 ? NULL : fields[2];
    bailiwick_region home;
    check(bailiwick_region_parse(fields[4], strlen(fields[4]), &home), NULL, fields[4]);
    bailiwick_decision decision;
    bailiwick_decide_at(policy, fields[1], strlen(fields[1]), host, host ? strlen(host) : 0, address, home, strtoll(fields[5], NULL, 10),
                        &decision);
    if (bailiwick_decision_unasked(&decision) || decision.admits != (decision.kind != BAILIWICK_BLOCK_PARTICIPANT)) {
        fprintf(stderr, "not asked, or an answer that is none\n");
        exit(2);
    }
    bailiwick_str ids[MOST_ORDERS];
    size_t count = bailiwick_decision_orders(&decision, ids, MOST_ORDERS);
    printf("%s\t", kinds[decision.kind]);
    for (size_t n = 0; n < count; n++) {
        printf("%s%.*s", n > 0 ? "," : "", (int)ids[n].len, ids[n].ptr);
    }
    bailiwick_str domestic = {"-", 1};
    bailiwick_decision_domestic(&decision, &domestic);
    printf("\t%.*s\n", (int)domestic.len, domestic.ptr);
}

static void world(const char *path) {
    char orders[LINE];
    snprintf(orders, sizeof orders, "%.*sorders.json", (int)(strlen(path) - strlen("world")), path);
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(2);
    }
    char *sources[MOST_SOURCES];
    size_t count = 0, min_sources = 1;
    bailiwick_policy *policy = NULL;
    char line[LINE];
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, "min_sources\t%zu", &min_sources) == 1 || strcmp(line, "change") == 0) {
            continue;
        }
        if (strncmp(line, "source\t", 7) == 0 && count < MOST_SOURCES) {
            sources[count++] = strdup(line + 7);
            continue;
        }
        if (!policy) {
            bailiwick_atlas *atlas = NULL;
            bailiwick_error *error = NULL;
            check(bailiwick_atlas_open((const char *const *)sources, count, min_sources, &atlas, &error), error, path);
            check(bailiwick_policy_open(orders, atlas, &policy, &error), error, orders);
            bailiwick_atlas_free(atlas);
        }
        answer(policy, line);
    }
    fclose(file);
    bailiwick_policy_free(policy);
    while (count > 0) {
        free(sources[--count]);
    }
}

int main(int count, char **paths) {
    for (int n = 1; n < count; n++) {
        world(paths[n]);
    }
    return 0;
}
