"""What the machine gives: devices, threads, several processes, locks, files written in one move.

Everything else may import it. It must not know clips, prompts or networks.

`files` (whole or not there, JSON), `lock` (one writer), `cache` (what can be made again), `device`, `memory`,
`threads`, `distributed` (several processes), `messages` (texts that can be translated).
"""
