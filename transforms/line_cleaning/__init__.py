"""Remove lines that most pages of a host share: banners, navigation, titles of books."""
