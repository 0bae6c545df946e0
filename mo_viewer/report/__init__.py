"""The same findings as JSON, CSV, DICOM SEG and SR; read back and compared before anything is called saved."""
