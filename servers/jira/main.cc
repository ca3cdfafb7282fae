#include "servers/jira/jira.h"

int main(int argc, char** argv) { return iff::RunServer(argc, argv, iff::JiraServer()); }
