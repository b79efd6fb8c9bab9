import { render } from 'preact';
import './style.css';
import { Page } from './ui/Page';
import { startApp } from './state';

startApp();
const place = document.getElementById('app');
if (place !== null) render(<Page />, place);
