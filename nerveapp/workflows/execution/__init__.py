"""Who works when: threads, turns at one network, and tasks that a page does not wait for."""
