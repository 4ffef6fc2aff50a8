"""`/admin/ui/`: every part that pages are made of, on one staff page, in each of its states."""
