"""The processes of one box: how they talk, who watches whom."""
