// A C++ program that decides once.

#include <bailiwick.h>

#include <cstring>
#include <iostream>
#include <string>

int main() {
    const char *sources[] = {"provider=range:geo.csv"};
    bailiwick_atlas *atlas = nullptr;
    bailiwick_policy *policy = nullptr;
    const std::string orders = "[[orders]]\nid = \"cn-1\"\nissuer = \"CN\"\nstatus = \"in-force\"\nmeetings = [\"vigil\"]\n";
    if (bailiwick_atlas_open(sources, 1, 1, &atlas, nullptr) != BAILIWICK_OK ||
        bailiwick_policy_parse(orders.data(), orders.size(), atlas, &policy, nullptr) != BAILIWICK_OK) {
        return 1;
    }
    bailiwick_region host{};
    bailiwick_region_parse("US", 2, &host);
    const unsigned char address[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 7};
    bailiwick_decision decision{};
    bailiwick_decide(policy, "vigil", 5, nullptr, 0, address, host, &decision);
    bailiwick_policy_free(policy);
    bailiwick_atlas_free(atlas);
    std::cout << "C++: " << int(decision.kind) << '\n';
    return decision.kind == BAILIWICK_BLOCK_PARTICIPANT ? 0 : 1;
}
