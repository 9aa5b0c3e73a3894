"""What several folders of tests share: a bot to stop and start, and contributors who press buttons."""
