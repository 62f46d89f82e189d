/* Prints the layout of each type of bailiwick.h, for comparison with tests/layout.txt: programs that are compiled depend on it. */

#include <bailiwick.h>
#include <stdio.h>

#define TYPE(type) printf(#type " %zu\n", sizeof(type))
#define FIELD(type, field) printf(#type "." #field " %zu %zu\n", offsetof(type, field), sizeof(((type *)0)->field))

int main(void) {
    TYPE(bailiwick_str);
    FIELD(bailiwick_str, ptr);
    FIELD(bailiwick_str, len);
    TYPE(bailiwick_region);
    FIELD(bailiwick_region, code);
    TYPE(bailiwick_decision);
    FIELD(bailiwick_decision, kind);
    FIELD(bailiwick_decision, admits);
    FIELD(bailiwick_decision, reserved);
    FIELD(bailiwick_decision, opaque);
    printf("BAILIWICK_ABI_VERSION %d\n", BAILIWICK_ABI_VERSION);
    return 0;
}
