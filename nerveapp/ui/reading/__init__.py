"""The pages Study and Compare."""
