"""Reports of visits as files: for people as PDF and HTML, for machines as DICOM SR, CSV and FHIR."""
