#include "mocks/github/github.h"

int main(int argc, char** argv) { return iff::RunMock(argc, argv, iff::MakeGithub()); }
