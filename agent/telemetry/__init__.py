"""What an operator sees of a question: spans, metrics, the kept trace, log lines with its run id, and readiness.

Everything here looks on from beside the ports and the nodes. It never changes an answer, never fails one, and whatever
leaves the process or touches a disk does so after the answer has been given.
"""
