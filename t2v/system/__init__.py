"""What the machine gives: devices, threads, several processes, locks, files written in one move.

Everything else may import it. It must not know clips, prompts or networks.
"""
