#include "mocks/jira/jira.h"

int main(int argc, char** argv) { return iff::RunMock(argc, argv, iff::MakeJira()); }
