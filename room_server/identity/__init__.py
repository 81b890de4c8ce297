"""Who somebody is: staff accounts, device sessions, and invitations of the people of a case."""
