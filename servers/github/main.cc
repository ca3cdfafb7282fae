#include "servers/github/github.h"

int main(int argc, char** argv) { return iff::RunServer(argc, argv, iff::GithubServer()); }
